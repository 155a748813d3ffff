"""Claims for subsidy money, from the class's records to the last fen (reference.md C2).

``filing`` is the claimer's side, ``answers`` the word of the people it is about, ``review`` and
``payments`` the office's, ``cases`` what a "no" opens, ``views`` and ``lists`` what each side sees,
``board`` the public notice. ``rows`` holds what they share.
"""
