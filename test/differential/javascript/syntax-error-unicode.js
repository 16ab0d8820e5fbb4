const ä = "日本"; const ö == 3
