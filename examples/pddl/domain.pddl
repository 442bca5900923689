; A warden walks through rooms, carries keys, and opens the doors that they fit.
(define (domain keys)
  (:requirements :strips :typing)
  (:types room key door)
  (:predicates
    (in ?r - room)
    (between ?d - door ?from ?to - room)
    (locked ?d - door)
    (open ?d - door)
    (fits ?k - key ?d - door)
    (lies ?k - key ?r - room)
    (held ?k - key)
    (hand-free))

  (:action walk
    :parameters (?from ?to - room ?d - door)
    :precondition (and (in ?from) (between ?d ?from ?to) (open ?d))
    :effect (and (in ?to) (not (in ?from))))

  (:action take
    :parameters (?k - key ?r - room)
    :precondition (and (in ?r) (lies ?k ?r) (hand-free))
    :effect (and (held ?k) (not (lies ?k ?r)) (not (hand-free))))

  (:action put
    :parameters (?k - key ?r - room)
    :precondition (and (in ?r) (held ?k))
    :effect (and (lies ?k ?r) (hand-free) (not (held ?k))))

  (:action unlock
    :parameters (?k - key ?d - door ?from ?to - room)
    :precondition (and (in ?from) (between ?d ?from ?to) (locked ?d) (held ?k) (fits ?k ?d))
    :effect (and (open ?d) (not (locked ?d)))))
