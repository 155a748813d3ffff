"""Local supplements (补充目录, reference C8, R52).

``drafting`` and ``filing`` are the city's side, ``answering`` the province's; ``live`` puts an
accepted entry in force, ``words`` checks what was typed, ``base`` knows what is there already,
``desks`` who stands on which side, ``views`` what both see.
"""
