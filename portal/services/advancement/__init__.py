"""From an honour in an archive to a level of a trade (竞赛及荣誉晋升, reference M19).

“支持通过竞赛和获得荣誉晋升职业资格和技能等级” (004_059107caffeb95d4.txt, 二(一)1): ``suggesting``
asks the rules when a line is written, ``deciding`` is the officer's answer, ``views`` what both
sides read. Nothing is issued here.
"""
