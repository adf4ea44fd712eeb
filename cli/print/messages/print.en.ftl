# The words that pages and charts bring along.

print-minutes = { $minutes } min
print-hours = { $hours } h
print-hours-rest = { $hours } h { $rest } min
print-nothing = Nothing to show.
print-nothing_drawn = There is nothing to draw.
print-scale = Shades:
print-withheld = withheld to protect people
print-absent = none
print-series_label = { $label }, { $series }: { $value }
print-point_label = { $label }: { $value }
