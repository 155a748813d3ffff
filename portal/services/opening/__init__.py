"""Class opening (开班): an institution applies, the machine checks, an officer decides.

人社部发〔2024〕5号: an application holds roster, teaching plan, teachers, resources and
examination plan (reference B7, C2).
"""
