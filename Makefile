# make demo    the whole chain on synthetic street scenes, in minutes
# make test    the test suite
# make lint    style
#
# All of them work in an environment of their own, .venv, made on first use and again when the
# requirements change. An active environment (venv, conda) is used instead, see `environment`.
# PYTHON=python3.12 chooses the interpreter that makes .venv.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

supported := import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))
PYTHON ?= $(shell for python in python3 python3.12 python3.11 python3.10; do \
	$$python -c '$(supported)' 2>/dev/null && echo $$python && break; done)

# conda activates its own `base` by itself: that is nobody's choice
active := $(or $(VIRTUAL_ENV),$(if $(filter-out base,$(CONDA_DEFAULT_ENV)),$(CONDA_PREFIX)))
ifneq ($(active),)
python := python
stamp :=
else
python := .venv/bin/python
version := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
stamp := .venv/installed-$(version)
endif

.PHONY: help environment demo test lint

help:
	@sed -n '1,8s/^# \{0,1\}//p' Makefile

environment: $(stamp)
ifneq ($(active),)
	@# used as it is if it has what is needed; torch and MMSegmentation are never replaced
	@if ! $(python) -c 'import mmseg, mmcv, mmengine, torch' 2>/dev/null; then \
		$(python) -m pip install -q -e '.[test]'; fi
	@$(python) -c 'import cityscapesscripts, pytest, tensorboard' || { \
		echo "the active environment $(active) lacks the package above: pip install it"; exit 1; }
endif

.venv/installed-%: requirements.txt tests/requirements.txt pyproject.toml
	@$(PYTHON) -c '$(supported)' || { \
		echo "Python 3.10 to 3.12 is needed: make PYTHON=/path/to/python3.12"; exit 1; }
	@echo "making .venv with Python $*: about a minute after downloads"
	@$(PYTHON) -m venv --clear .venv
	@$(python) -m pip install -q --disable-pip-version-check -r requirements.txt
	@$(python) -m pip install -q --disable-pip-version-check --no-deps -r tests/requirements.txt
	@$(python) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Every call is a run of its own: nothing that an earlier one wrote is touched.
demo: run := work_dirs/demo-$(shell date +%Y%m%d-%H%M%S)
demo: config := configs/wavemix_48_4_l3_synthetic.py
demo: scenes := data/synthetic
demo: environment
	$(python) tools/dataset_converters/synthetic.py $(scenes)
	$(python) tools/train.py $(config) --work-dir $(run)
	ln -s "$$(basename "$$(cat $(run)/last_checkpoint)")" $(run)/last.pth
	$(python) tools/test.py $(config) $(run)/last.pth --work-dir $(run) \
		--out $(run)/predictions --json $(run)/scores.json
	$(python) tools/demo.py '$(scenes)/leftImg8bit/val/*/*00000[0-3]_*.png' \
		--config $(config) --checkpoint $(run)/last.pth --out $(run)/pictures
	@echo
	@echo 'The demo is done. What it made:'
	@echo '  $(scenes)            street scenes in Cityscapes layout'
	@echo '  $(run)/*.pth         checkpoints, the best by official mIoU among them'
	@echo '  $(run)/scores.json   official scores of the held-out scenes, printed above'
	@echo '  $(run)/predictions   their label-id PNGs'
	@echo '  $(run)/pictures      segmented street images'
	@echo 'What to type next:'
	@echo '  your own pictures    $(python) tools/demo.py PICTURES --config $(config) \'
	@echo '                           --checkpoint $(run)/last.pth --out OUT'
	@echo '  learning curves      $(python) -m tensorboard.main --logdir $(run)'
	@echo '  real Cityscapes      $(python) tools/train.py configs/wavemix_256_16_l4_cityscapes.py'

test: environment
	$(python) -m pytest

lint: environment
	$(python) -m ruff check .
	$(python) -m ruff format --check .
