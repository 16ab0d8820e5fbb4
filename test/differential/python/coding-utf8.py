# -*- coding: utf-8 -*-
print("ä")
1/0 # ö
