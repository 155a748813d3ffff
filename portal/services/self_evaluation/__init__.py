"""An enterprise files that it evaluates the skill levels of its own staff (reference M17).

“接受企业备案申请、组织备案评估” (004_059107caffeb95d4.txt, 二(三)1): ``filing`` is the enterprise's
side, ``assessing`` the authority's, ``views`` what both read and who is filed.
"""
