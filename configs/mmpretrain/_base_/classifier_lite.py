# Below 128x128, by the recipe of section 4.2.
_base_ = ['./models/wavemix_lite.py', './schedules/adamw_sgd.py']
