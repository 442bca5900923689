; Two keys, one hand: the vault's key lies behind the door that the brass key opens.
(define (problem vault)
  (:domain keys)
  (:objects
    hall study cellar vault - room
    brass iron - key
    hall-study study-cellar hall-vault - door)
  (:init
    (in hall)
    (hand-free)
    (lies brass study)
    (lies iron cellar)
    (between hall-study hall study) (between hall-study study hall)
    (between study-cellar study cellar) (between study-cellar cellar study)
    (between hall-vault hall vault) (between hall-vault vault hall)
    (open hall-study)
    (locked study-cellar)
    (locked hall-vault)
    (fits brass study-cellar)
    (fits iron hall-vault))
  (:goal (and (in vault) (held iron))))
