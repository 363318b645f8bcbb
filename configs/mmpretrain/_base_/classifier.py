# From 128x128 on, by the recipe of section 4.2.
_base_ = ['./models/wavemix.py', './schedules/adamw_sgd.py']
