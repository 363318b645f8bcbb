# make demo             the whole chain on synthetic street scenes, in minutes
# make web              a page on localhost: drop a street picture, see its classes
# make test             the test suite
# make lint             style
# make classification   mmpretrain, for configs/mmpretrain
#
# All of them work in an environment of their own, .venv, made on first use and again when the
# requirements change. An active environment (venv, conda) is used instead, see `environment`, unless
# PYTHON=python3.12 chooses the interpreter that makes .venv. mmpretrain lies in .venv-mmpretrain, on
# top of .venv's packages; nothing is added to an active environment.

MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

supported := import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))
PYTHON ?= $(shell for python in python3 python3.12 python3.11 python3.10; do \
	$$python -c '$(supported)' 2>/dev/null && echo $$python && break; done)

# PYTHON= on the command line asks for .venv; conda activates its own `base` by itself
ifneq ($(origin PYTHON),command line)
active := $(or $(filter-out $(CURDIR)/.venv $(CURDIR)/.venv-mmpretrain,$(VIRTUAL_ENV)),$(if $(filter-out base,$(CONDA_DEFAULT_ENV)),$(CONDA_PREFIX)))
endif
ifneq ($(active),)
python := python
else
python := .venv/bin/python
version := $(shell $(PYTHON) -c '$(supported)' 2>/dev/null && \
	$(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
stamp := .venv/installed-$(or $(version),unsupported)
page := .venv/page-$(or $(version),unsupported)
tested := .venv/tests-$(or $(version),unsupported)
classification := .venv-mmpretrain/installed-$(or $(version),unsupported)
endif
pip := $(python) -m pip --disable-pip-version-check install -q

.PHONY: help environment classification demo web test lint

help:
	@sed -n '1,11s/^# \{0,1\}//p' Makefile

environment: $(stamp)
ifneq ($(active),)
	@# what is there stays as it is, torch and OpenMMLab's packages above all
	@if ! $(python) -c 'import mmseg' 2>/dev/null; then \
		$(pip) -e '.[test]' -c <($(python) -m pip freeze | grep -E '^(torch|numpy)==' || true); fi
	@$(python) -c 'import cityscapesscripts, prettytable, pytest, safetensors, tensorboard, tqdm' || { \
		echo "the active environment $(active) lacks the package above: pip install it"; exit 1; }
endif

.venv/installed-unsupported:
	@echo "Python 3.10 to 3.12 is needed, got '$(PYTHON)': make PYTHON=/path/to/python3.12"; exit 1

.venv/installed-%: requirements.txt tests/requirements.txt pyproject.toml
	@if [ -e .venv ] && ! ls .venv/installed-* >/dev/null 2>&1 && [ ! -e .venv/begun ]; then \
		echo ".venv was not made by this Makefile: activate it to use it, or move it away"; exit 1; fi
	@echo "making .venv with Python $*: about a minute after downloads"
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; exit 1; }
	@touch .venv/begun
	@$(pip) -r requirements.txt
	@$(pip) --no-deps -r tests/requirements.txt
	@$(pip) --no-deps --no-build-isolation -e .
	@touch $@

classification: environment $(classification)
ifneq ($(active),)
	@$(python) -c 'import sys, importlib.util as u; sys.exit(not u.find_spec("mmpretrain"))' || { \
		echo "the active environment $(active) lacks mmpretrain: pip install --no-deps" \
			"what configs/mmpretrain/requirements.txt lists, torchvision as your torch needs it"; \
		exit 1; }
endif

# .venv's packages are seen through a .pth file: torch is there once
.venv-mmpretrain/installed-%: configs/mmpretrain/requirements.txt .venv/installed-%
	@if [ -e .venv-mmpretrain ] && [ ! -e .venv-mmpretrain/begun ]; then \
		echo ".venv-mmpretrain was not made by this Makefile: move it away"; exit 1; fi
	@echo "making .venv-mmpretrain with Python $*: seconds after downloads"
	@$(PYTHON) -m venv --clear .venv-mmpretrain || { rm -rf .venv-mmpretrain; exit 1; }
	@touch .venv-mmpretrain/begun
	@echo 'import site; site.addsitedir("$(CURDIR)/.venv/lib/python$*/site-packages")' \
		> .venv-mmpretrain/lib/python$*/site-packages/venv.pth
	@.venv-mmpretrain/bin/python -m pip --disable-pip-version-check install -q --no-deps -r $<
	@touch $@

# Every call is a run of its own: nothing that an earlier one wrote is touched. pictures=FOLDER: real
# ones too, by the model that ships.
demo: run := work_dirs/demo-$(shell date +%Y%m%d-%H%M%S)
demo: config := configs/wavemix_64_6_l3_synthetic.py
demo: scenes := data/synthetic
demo: export SYNTHETIC_DATASET := data/synthetic
demo: environment
	$(if $(pictures),$(python) tools/demo.py '$(pictures)' --out $(run)-pictures)
	$(python) tools/dataset_converters/synthetic.py $(scenes)
	$(python) tools/train.py $(config) --work-dir $(run)
	ln -s "$$(basename "$$(cat $(run)/last_checkpoint)")" $(run)/last.pth
	$(python) tools/test.py $(config) $(run)/last.pth --work-dir $(run)/test \
		--out $(run)/predictions --json $(run)/scores.json
	$(python) tools/demo.py '$(scenes)/leftImg8bit/val/*/*00000[0-3]_*.png' \
		--config $(config) --checkpoint $(run)/last.pth --out $(run)/pictures
	$(python) tools/report.py $(run)
	@echo
	@echo 'The demo is done. What it made:'
	@echo '  $(scenes)            street scenes in Cityscapes layout'
	@echo '  $(run)/*.pth         checkpoints, the best by official mIoU among them'
	@echo '  $(run)/scores.json   official scores of the held-out scenes, printed above'
	@echo '  $(run)/predictions   their label-id PNGs'
	@echo '  $(run)/pictures      segmented street images'
	$(if $(pictures),@echo '  $(run)-pictures      real ones by the shipped model')
	@echo '  $(run)/report.html   all of it on one page, opens without network'
	@echo 'What to type next:'
	@echo '  your own pictures    $(python) tools/demo.py PICTURES --out OUT'
	@echo '                       by the shipped model, trained on real streets; by this one:'
	@echo '                       ... --config $(config) \'
	@echo '                           --checkpoint $(run)/last.pth'
	@echo '  learning curves      $(python) -m tensorboard.main --logdir $(run)'
	@echo '  real Cityscapes      $(python) tools/train.py configs/wavemix_256_16_l4_cityscapes.py'

# Beside those that are there: the page's packages, and what tests of page and tutorial need.
.venv/page-%: mmseg_wavemix/web/requirements.txt .venv/installed-%
	@echo "adding what the web page needs: seconds after downloads"
	@$(pip) --no-deps -r $<
	@touch $@

.venv/tests-%: tests/test_web/requirements.txt tests/test_docs/requirements.txt .venv/page-%
	@$(pip) --no-deps -r $<
	@$(pip) -r tests/test_docs/requirements.txt
	@touch $@

web: environment $(page)
ifneq ($(active),)
	@$(python) -c 'import gradio' || { echo "the active environment $(active) lacks gradio: pip" \
		"install --no-deps -r mmseg_wavemix/web/requirements.txt"; exit 1; }
endif
	$(python) tools/web_demo.py $(WEB)

test: environment $(tested) $(classification)
	$(python) -m pytest
ifeq ($(active),)
	.venv-mmpretrain/bin/python -m pytest tests/test_classification
endif

lint: environment
	$(python) -m ruff check .
	$(python) -m ruff format --check .
