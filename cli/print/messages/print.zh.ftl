# 页面与图表自带的词句。

print-minutes = { $minutes } 分钟
print-hours = { $hours } 小时
print-hours-rest = { $hours } 小时 { $rest } 分
print-nothing = 没有内容。
print-nothing_drawn = 没有可画的数据。
print-scale = 颜色深浅：
print-withheld = 为保护个人而不显示
print-absent = 没有
print-series_label = { $label }，{ $series }：{ $value }
print-point_label = { $label }：{ $value }
