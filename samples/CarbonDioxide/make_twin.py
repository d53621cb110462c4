"""Writes co2-twin.csv, a simulated record of weekly carbon dioxide: python3 make_twin.py > co2-twin.csv

No observation of anything. With t in years:
  co2(t) = 280 + 36 exp(0.021 (t - 1958)) + season(t) + x(t)
  season(t) = 2.9 cos(2 pi (t - 0.36)) + 0.75 cos(4 pi (t - 0.13))
  x(week + 1) = 0.97 x(week) + 0.1 e(week), and 0.2 e' for the observation; e, e' normal with seed 1.
Rounded to 0.1 ppm. Weeks are missing singly, at random, and in a row of ten now and then.
"""
import datetime
import math
import random

noise = random.Random(1)
date = datetime.date(1966, 1, 1)
x = 0.0
missing = 0
print("date,co2")
while date.year < 1997:
    t = 1958 + (date - datetime.date(1958, 1, 1)).days / 365.25
    season = 2.9 * math.cos(2 * math.pi * (t - 0.36)) + 0.75 * math.cos(4 * math.pi * (t - 0.13))
    value = 280 + 36 * math.exp(0.021 * (t - 1958)) + season + x + noise.gauss(0, 0.2)
    x = 0.97 * x + noise.gauss(0, 0.1)
    missing = missing - 1 if missing > 0 else 10 if noise.random() < 0.002 else 1 if noise.random() < 0.01 else 0
    print(f"{date:%Y%m%d},{'' if missing > 0 else f'{value:.1f}'}")
    date += datetime.timedelta(days=7)
