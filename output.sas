begin_version
3
end_version
begin_metric
0
end_metric
22
begin_variable
var0
-1
11
Atom holding(a)
Atom on(a, b)
Atom on(a, c)
Atom on(a, d)
Atom on(a, e)
Atom on(a, f)
Atom on(a, g)
Atom on(a, h)
Atom on(a, i)
Atom on(a, j)
Atom ontable(a)
end_variable
begin_variable
var1
-1
11
Atom holding(b)
Atom on(b, a)
Atom on(b, c)
Atom on(b, d)
Atom on(b, e)
Atom on(b, f)
Atom on(b, g)
Atom on(b, h)
Atom on(b, i)
Atom on(b, j)
Atom ontable(b)
end_variable
begin_variable
var2
-1
11
Atom holding(c)
Atom on(c, a)
Atom on(c, b)
Atom on(c, d)
Atom on(c, e)
Atom on(c, f)
Atom on(c, g)
Atom on(c, h)
Atom on(c, i)
Atom on(c, j)
Atom ontable(c)
end_variable
begin_variable
var3
-1
11
Atom holding(d)
Atom on(d, a)
Atom on(d, b)
Atom on(d, c)
Atom on(d, e)
Atom on(d, f)
Atom on(d, g)
Atom on(d, h)
Atom on(d, i)
Atom on(d, j)
Atom ontable(d)
end_variable
begin_variable
var4
-1
11
Atom holding(e)
Atom on(e, a)
Atom on(e, b)
Atom on(e, c)
Atom on(e, d)
Atom on(e, f)
Atom on(e, g)
Atom on(e, h)
Atom on(e, i)
Atom on(e, j)
Atom ontable(e)
end_variable
begin_variable
var5
-1
11
Atom holding(f)
Atom on(f, a)
Atom on(f, b)
Atom on(f, c)
Atom on(f, d)
Atom on(f, e)
Atom on(f, g)
Atom on(f, h)
Atom on(f, i)
Atom on(f, j)
Atom ontable(f)
end_variable
begin_variable
var6
-1
11
Atom holding(g)
Atom on(g, a)
Atom on(g, b)
Atom on(g, c)
Atom on(g, d)
Atom on(g, e)
Atom on(g, f)
Atom on(g, h)
Atom on(g, i)
Atom on(g, j)
Atom ontable(g)
end_variable
begin_variable
var7
-1
11
Atom holding(h)
Atom on(h, a)
Atom on(h, b)
Atom on(h, c)
Atom on(h, d)
Atom on(h, e)
Atom on(h, f)
Atom on(h, g)
Atom on(h, i)
Atom on(h, j)
Atom ontable(h)
end_variable
begin_variable
var8
-1
11
Atom holding(i)
Atom on(i, a)
Atom on(i, b)
Atom on(i, c)
Atom on(i, d)
Atom on(i, e)
Atom on(i, f)
Atom on(i, g)
Atom on(i, h)
Atom on(i, j)
Atom ontable(i)
end_variable
begin_variable
var9
-1
11
Atom holding(j)
Atom on(j, a)
Atom on(j, b)
Atom on(j, c)
Atom on(j, d)
Atom on(j, e)
Atom on(j, f)
Atom on(j, g)
Atom on(j, h)
Atom on(j, i)
Atom ontable(j)
end_variable
begin_variable
var10
-1
2
Atom clear(a)
NegatedAtom clear(a)
end_variable
begin_variable
var11
-1
2
Atom clear(b)
NegatedAtom clear(b)
end_variable
begin_variable
var12
-1
2
Atom clear(c)
NegatedAtom clear(c)
end_variable
begin_variable
var13
-1
2
Atom clear(d)
NegatedAtom clear(d)
end_variable
begin_variable
var14
-1
2
Atom clear(e)
NegatedAtom clear(e)
end_variable
begin_variable
var15
-1
2
Atom clear(f)
NegatedAtom clear(f)
end_variable
begin_variable
var16
-1
2
Atom clear(g)
NegatedAtom clear(g)
end_variable
begin_variable
var17
-1
2
Atom clear(h)
NegatedAtom clear(h)
end_variable
begin_variable
var18
-1
2
Atom clear(i)
NegatedAtom clear(i)
end_variable
begin_variable
var19
-1
2
Atom clear(j)
NegatedAtom clear(j)
end_variable
begin_variable
var20
-1
2
Atom handempty()
NegatedAtom handempty()
end_variable
begin_variable
var21
-1
2
Atom goal0()
NegatedAtom goal0()
end_variable
11
begin_mutex_group
11
10 0
0 0
1 1
2 1
3 1
4 1
5 1
6 1
7 1
8 1
9 1
end_mutex_group
begin_mutex_group
11
11 0
0 1
1 0
2 2
3 2
4 2
5 2
6 2
7 2
8 2
9 2
end_mutex_group
begin_mutex_group
11
12 0
0 2
1 2
2 0
3 3
4 3
5 3
6 3
7 3
8 3
9 3
end_mutex_group
begin_mutex_group
11
13 0
0 3
1 3
2 3
3 0
4 4
5 4
6 4
7 4
8 4
9 4
end_mutex_group
begin_mutex_group
11
14 0
0 4
1 4
2 4
3 4
4 0
5 5
6 5
7 5
8 5
9 5
end_mutex_group
begin_mutex_group
11
15 0
0 5
1 5
2 5
3 5
4 5
5 0
6 6
7 6
8 6
9 6
end_mutex_group
begin_mutex_group
11
16 0
0 6
1 6
2 6
3 6
4 6
5 6
6 0
7 7
8 7
9 7
end_mutex_group
begin_mutex_group
11
17 0
0 7
1 7
2 7
3 7
4 7
5 7
6 7
7 0
8 8
9 8
end_mutex_group
begin_mutex_group
11
18 0
0 8
1 8
2 8
3 8
4 8
5 8
6 8
7 8
8 0
9 9
end_mutex_group
begin_mutex_group
11
19 0
0 9
1 9
2 9
3 9
4 9
5 9
6 9
7 9
8 9
9 0
end_mutex_group
begin_mutex_group
11
20 0
0 0
1 0
2 0
3 0
4 0
5 0
6 0
7 0
8 0
9 0
end_mutex_group
begin_state
3
6
4
8
9
10
7
1
10
2
1
1
0
1
1
0
1
1
1
1
0
1
end_state
begin_goal
1
21 0
end_goal
201
begin_operator
pick-up a
0
3
0 10 0 1
0 20 0 1
0 0 10 0
1
end_operator
begin_operator
pick-up b
0
3
0 11 0 1
0 20 0 1
0 1 10 0
1
end_operator
begin_operator
pick-up c
0
3
0 12 0 1
0 20 0 1
0 2 10 0
1
end_operator
begin_operator
pick-up d
0
3
0 13 0 1
0 20 0 1
0 3 10 0
1
end_operator
begin_operator
pick-up e
0
3
0 14 0 1
0 20 0 1
0 4 10 0
1
end_operator
begin_operator
pick-up f
0
3
0 15 0 1
0 20 0 1
0 5 10 0
1
end_operator
begin_operator
pick-up g
0
3
0 16 0 1
0 20 0 1
0 6 10 0
1
end_operator
begin_operator
pick-up h
0
3
0 17 0 1
0 20 0 1
0 7 10 0
1
end_operator
begin_operator
pick-up i
0
3
0 18 0 1
0 20 0 1
0 8 10 0
1
end_operator
begin_operator
pick-up j
0
3
0 19 0 1
0 20 0 1
0 9 10 0
1
end_operator
begin_operator
put-down a
0
3
0 10 -1 0
0 20 -1 0
0 0 0 10
1
end_operator
begin_operator
put-down b
0
3
0 11 -1 0
0 20 -1 0
0 1 0 10
1
end_operator
begin_operator
put-down c
0
3
0 12 -1 0
0 20 -1 0
0 2 0 10
1
end_operator
begin_operator
put-down d
0
3
0 13 -1 0
0 20 -1 0
0 3 0 10
1
end_operator
begin_operator
put-down e
0
3
0 14 -1 0
0 20 -1 0
0 4 0 10
1
end_operator
begin_operator
put-down f
0
3
0 15 -1 0
0 20 -1 0
0 5 0 10
1
end_operator
begin_operator
put-down g
0
3
0 16 -1 0
0 20 -1 0
0 6 0 10
1
end_operator
begin_operator
put-down h
0
3
0 17 -1 0
0 20 -1 0
0 7 0 10
1
end_operator
begin_operator
put-down i
0
3
0 18 -1 0
0 20 -1 0
0 8 0 10
1
end_operator
begin_operator
put-down j
0
3
0 19 -1 0
0 20 -1 0
0 9 0 10
1
end_operator
begin_operator
reach_goal0 
9
0 6
1 1
2 5
3 3
4 7
5 9
6 8
7 2
9 5
1
0 21 -1 0
1
end_operator
begin_operator
stack a b
0
4
0 10 -1 0
0 11 0 1
0 20 -1 0
0 0 0 1
1
end_operator
begin_operator
stack a c
0
4
0 10 -1 0
0 12 0 1
0 20 -1 0
0 0 0 2
1
end_operator
begin_operator
stack a d
0
4
0 10 -1 0
0 13 0 1
0 20 -1 0
0 0 0 3
1
end_operator
begin_operator
stack a e
0
4
0 10 -1 0
0 14 0 1
0 20 -1 0
0 0 0 4
1
end_operator
begin_operator
stack a f
0
4
0 10 -1 0
0 15 0 1
0 20 -1 0
0 0 0 5
1
end_operator
begin_operator
stack a g
0
4
0 10 -1 0
0 16 0 1
0 20 -1 0
0 0 0 6
1
end_operator
begin_operator
stack a h
0
4
0 10 -1 0
0 17 0 1
0 20 -1 0
0 0 0 7
1
end_operator
begin_operator
stack a i
0
4
0 10 -1 0
0 18 0 1
0 20 -1 0
0 0 0 8
1
end_operator
begin_operator
stack a j
0
4
0 10 -1 0
0 19 0 1
0 20 -1 0
0 0 0 9
1
end_operator
begin_operator
stack b a
0
4
0 10 0 1
0 11 -1 0
0 20 -1 0
0 1 0 1
1
end_operator
begin_operator
stack b c
0
4
0 11 -1 0
0 12 0 1
0 20 -1 0
0 1 0 2
1
end_operator
begin_operator
stack b d
0
4
0 11 -1 0
0 13 0 1
0 20 -1 0
0 1 0 3
1
end_operator
begin_operator
stack b e
0
4
0 11 -1 0
0 14 0 1
0 20 -1 0
0 1 0 4
1
end_operator
begin_operator
stack b f
0
4
0 11 -1 0
0 15 0 1
0 20 -1 0
0 1 0 5
1
end_operator
begin_operator
stack b g
0
4
0 11 -1 0
0 16 0 1
0 20 -1 0
0 1 0 6
1
end_operator
begin_operator
stack b h
0
4
0 11 -1 0
0 17 0 1
0 20 -1 0
0 1 0 7
1
end_operator
begin_operator
stack b i
0
4
0 11 -1 0
0 18 0 1
0 20 -1 0
0 1 0 8
1
end_operator
begin_operator
stack b j
0
4
0 11 -1 0
0 19 0 1
0 20 -1 0
0 1 0 9
1
end_operator
begin_operator
stack c a
0
4
0 10 0 1
0 12 -1 0
0 20 -1 0
0 2 0 1
1
end_operator
begin_operator
stack c b
0
4
0 11 0 1
0 12 -1 0
0 20 -1 0
0 2 0 2
1
end_operator
begin_operator
stack c d
0
4
0 12 -1 0
0 13 0 1
0 20 -1 0
0 2 0 3
1
end_operator
begin_operator
stack c e
0
4
0 12 -1 0
0 14 0 1
0 20 -1 0
0 2 0 4
1
end_operator
begin_operator
stack c f
0
4
0 12 -1 0
0 15 0 1
0 20 -1 0
0 2 0 5
1
end_operator
begin_operator
stack c g
0
4
0 12 -1 0
0 16 0 1
0 20 -1 0
0 2 0 6
1
end_operator
begin_operator
stack c h
0
4
0 12 -1 0
0 17 0 1
0 20 -1 0
0 2 0 7
1
end_operator
begin_operator
stack c i
0
4
0 12 -1 0
0 18 0 1
0 20 -1 0
0 2 0 8
1
end_operator
begin_operator
stack c j
0
4
0 12 -1 0
0 19 0 1
0 20 -1 0
0 2 0 9
1
end_operator
begin_operator
stack d a
0
4
0 10 0 1
0 13 -1 0
0 20 -1 0
0 3 0 1
1
end_operator
begin_operator
stack d b
0
4
0 11 0 1
0 13 -1 0
0 20 -1 0
0 3 0 2
1
end_operator
begin_operator
stack d c
0
4
0 12 0 1
0 13 -1 0
0 20 -1 0
0 3 0 3
1
end_operator
begin_operator
stack d e
0
4
0 13 -1 0
0 14 0 1
0 20 -1 0
0 3 0 4
1
end_operator
begin_operator
stack d f
0
4
0 13 -1 0
0 15 0 1
0 20 -1 0
0 3 0 5
1
end_operator
begin_operator
stack d g
0
4
0 13 -1 0
0 16 0 1
0 20 -1 0
0 3 0 6
1
end_operator
begin_operator
stack d h
0
4
0 13 -1 0
0 17 0 1
0 20 -1 0
0 3 0 7
1
end_operator
begin_operator
stack d i
0
4
0 13 -1 0
0 18 0 1
0 20 -1 0
0 3 0 8
1
end_operator
begin_operator
stack d j
0
4
0 13 -1 0
0 19 0 1
0 20 -1 0
0 3 0 9
1
end_operator
begin_operator
stack e a
0
4
0 10 0 1
0 14 -1 0
0 20 -1 0
0 4 0 1
1
end_operator
begin_operator
stack e b
0
4
0 11 0 1
0 14 -1 0
0 20 -1 0
0 4 0 2
1
end_operator
begin_operator
stack e c
0
4
0 12 0 1
0 14 -1 0
0 20 -1 0
0 4 0 3
1
end_operator
begin_operator
stack e d
0
4
0 13 0 1
0 14 -1 0
0 20 -1 0
0 4 0 4
1
end_operator
begin_operator
stack e f
0
4
0 14 -1 0
0 15 0 1
0 20 -1 0
0 4 0 5
1
end_operator
begin_operator
stack e g
0
4
0 14 -1 0
0 16 0 1
0 20 -1 0
0 4 0 6
1
end_operator
begin_operator
stack e h
0
4
0 14 -1 0
0 17 0 1
0 20 -1 0
0 4 0 7
1
end_operator
begin_operator
stack e i
0
4
0 14 -1 0
0 18 0 1
0 20 -1 0
0 4 0 8
1
end_operator
begin_operator
stack e j
0
4
0 14 -1 0
0 19 0 1
0 20 -1 0
0 4 0 9
1
end_operator
begin_operator
stack f a
0
4
0 10 0 1
0 15 -1 0
0 20 -1 0
0 5 0 1
1
end_operator
begin_operator
stack f b
0
4
0 11 0 1
0 15 -1 0
0 20 -1 0
0 5 0 2
1
end_operator
begin_operator
stack f c
0
4
0 12 0 1
0 15 -1 0
0 20 -1 0
0 5 0 3
1
end_operator
begin_operator
stack f d
0
4
0 13 0 1
0 15 -1 0
0 20 -1 0
0 5 0 4
1
end_operator
begin_operator
stack f e
0
4
0 14 0 1
0 15 -1 0
0 20 -1 0
0 5 0 5
1
end_operator
begin_operator
stack f g
0
4
0 15 -1 0
0 16 0 1
0 20 -1 0
0 5 0 6
1
end_operator
begin_operator
stack f h
0
4
0 15 -1 0
0 17 0 1
0 20 -1 0
0 5 0 7
1
end_operator
begin_operator
stack f i
0
4
0 15 -1 0
0 18 0 1
0 20 -1 0
0 5 0 8
1
end_operator
begin_operator
stack f j
0
4
0 15 -1 0
0 19 0 1
0 20 -1 0
0 5 0 9
1
end_operator
begin_operator
stack g a
0
4
0 10 0 1
0 16 -1 0
0 20 -1 0
0 6 0 1
1
end_operator
begin_operator
stack g b
0
4
0 11 0 1
0 16 -1 0
0 20 -1 0
0 6 0 2
1
end_operator
begin_operator
stack g c
0
4
0 12 0 1
0 16 -1 0
0 20 -1 0
0 6 0 3
1
end_operator
begin_operator
stack g d
0
4
0 13 0 1
0 16 -1 0
0 20 -1 0
0 6 0 4
1
end_operator
begin_operator
stack g e
0
4
0 14 0 1
0 16 -1 0
0 20 -1 0
0 6 0 5
1
end_operator
begin_operator
stack g f
0
4
0 15 0 1
0 16 -1 0
0 20 -1 0
0 6 0 6
1
end_operator
begin_operator
stack g h
0
4
0 16 -1 0
0 17 0 1
0 20 -1 0
0 6 0 7
1
end_operator
begin_operator
stack g i
0
4
0 16 -1 0
0 18 0 1
0 20 -1 0
0 6 0 8
1
end_operator
begin_operator
stack g j
0
4
0 16 -1 0
0 19 0 1
0 20 -1 0
0 6 0 9
1
end_operator
begin_operator
stack h a
0
4
0 10 0 1
0 17 -1 0
0 20 -1 0
0 7 0 1
1
end_operator
begin_operator
stack h b
0
4
0 11 0 1
0 17 -1 0
0 20 -1 0
0 7 0 2
1
end_operator
begin_operator
stack h c
0
4
0 12 0 1
0 17 -1 0
0 20 -1 0
0 7 0 3
1
end_operator
begin_operator
stack h d
0
4
0 13 0 1
0 17 -1 0
0 20 -1 0
0 7 0 4
1
end_operator
begin_operator
stack h e
0
4
0 14 0 1
0 17 -1 0
0 20 -1 0
0 7 0 5
1
end_operator
begin_operator
stack h f
0
4
0 15 0 1
0 17 -1 0
0 20 -1 0
0 7 0 6
1
end_operator
begin_operator
stack h g
0
4
0 16 0 1
0 17 -1 0
0 20 -1 0
0 7 0 7
1
end_operator
begin_operator
stack h i
0
4
0 17 -1 0
0 18 0 1
0 20 -1 0
0 7 0 8
1
end_operator
begin_operator
stack h j
0
4
0 17 -1 0
0 19 0 1
0 20 -1 0
0 7 0 9
1
end_operator
begin_operator
stack i a
0
4
0 10 0 1
0 18 -1 0
0 20 -1 0
0 8 0 1
1
end_operator
begin_operator
stack i b
0
4
0 11 0 1
0 18 -1 0
0 20 -1 0
0 8 0 2
1
end_operator
begin_operator
stack i c
0
4
0 12 0 1
0 18 -1 0
0 20 -1 0
0 8 0 3
1
end_operator
begin_operator
stack i d
0
4
0 13 0 1
0 18 -1 0
0 20 -1 0
0 8 0 4
1
end_operator
begin_operator
stack i e
0
4
0 14 0 1
0 18 -1 0
0 20 -1 0
0 8 0 5
1
end_operator
begin_operator
stack i f
0
4
0 15 0 1
0 18 -1 0
0 20 -1 0
0 8 0 6
1
end_operator
begin_operator
stack i g
0
4
0 16 0 1
0 18 -1 0
0 20 -1 0
0 8 0 7
1
end_operator
begin_operator
stack i h
0
4
0 17 0 1
0 18 -1 0
0 20 -1 0
0 8 0 8
1
end_operator
begin_operator
stack i j
0
4
0 18 -1 0
0 19 0 1
0 20 -1 0
0 8 0 9
1
end_operator
begin_operator
stack j a
0
4
0 10 0 1
0 19 -1 0
0 20 -1 0
0 9 0 1
1
end_operator
begin_operator
stack j b
0
4
0 11 0 1
0 19 -1 0
0 20 -1 0
0 9 0 2
1
end_operator
begin_operator
stack j c
0
4
0 12 0 1
0 19 -1 0
0 20 -1 0
0 9 0 3
1
end_operator
begin_operator
stack j d
0
4
0 13 0 1
0 19 -1 0
0 20 -1 0
0 9 0 4
1
end_operator
begin_operator
stack j e
0
4
0 14 0 1
0 19 -1 0
0 20 -1 0
0 9 0 5
1
end_operator
begin_operator
stack j f
0
4
0 15 0 1
0 19 -1 0
0 20 -1 0
0 9 0 6
1
end_operator
begin_operator
stack j g
0
4
0 16 0 1
0 19 -1 0
0 20 -1 0
0 9 0 7
1
end_operator
begin_operator
stack j h
0
4
0 17 0 1
0 19 -1 0
0 20 -1 0
0 9 0 8
1
end_operator
begin_operator
stack j i
0
4
0 18 0 1
0 19 -1 0
0 20 -1 0
0 9 0 9
1
end_operator
begin_operator
unstack a b
0
4
0 10 0 1
0 11 -1 0
0 20 0 1
0 0 1 0
1
end_operator
begin_operator
unstack a c
0
4
0 10 0 1
0 12 -1 0
0 20 0 1
0 0 2 0
1
end_operator
begin_operator
unstack a d
0
4
0 10 0 1
0 13 -1 0
0 20 0 1
0 0 3 0
1
end_operator
begin_operator
unstack a e
0
4
0 10 0 1
0 14 -1 0
0 20 0 1
0 0 4 0
1
end_operator
begin_operator
unstack a f
0
4
0 10 0 1
0 15 -1 0
0 20 0 1
0 0 5 0
1
end_operator
begin_operator
unstack a g
0
4
0 10 0 1
0 16 -1 0
0 20 0 1
0 0 6 0
1
end_operator
begin_operator
unstack a h
0
4
0 10 0 1
0 17 -1 0
0 20 0 1
0 0 7 0
1
end_operator
begin_operator
unstack a i
0
4
0 10 0 1
0 18 -1 0
0 20 0 1
0 0 8 0
1
end_operator
begin_operator
unstack a j
0
4
0 10 0 1
0 19 -1 0
0 20 0 1
0 0 9 0
1
end_operator
begin_operator
unstack b a
0
4
0 10 -1 0
0 11 0 1
0 20 0 1
0 1 1 0
1
end_operator
begin_operator
unstack b c
0
4
0 11 0 1
0 12 -1 0
0 20 0 1
0 1 2 0
1
end_operator
begin_operator
unstack b d
0
4
0 11 0 1
0 13 -1 0
0 20 0 1
0 1 3 0
1
end_operator
begin_operator
unstack b e
0
4
0 11 0 1
0 14 -1 0
0 20 0 1
0 1 4 0
1
end_operator
begin_operator
unstack b f
0
4
0 11 0 1
0 15 -1 0
0 20 0 1
0 1 5 0
1
end_operator
begin_operator
unstack b g
0
4
0 11 0 1
0 16 -1 0
0 20 0 1
0 1 6 0
1
end_operator
begin_operator
unstack b h
0
4
0 11 0 1
0 17 -1 0
0 20 0 1
0 1 7 0
1
end_operator
begin_operator
unstack b i
0
4
0 11 0 1
0 18 -1 0
0 20 0 1
0 1 8 0
1
end_operator
begin_operator
unstack b j
0
4
0 11 0 1
0 19 -1 0
0 20 0 1
0 1 9 0
1
end_operator
begin_operator
unstack c a
0
4
0 10 -1 0
0 12 0 1
0 20 0 1
0 2 1 0
1
end_operator
begin_operator
unstack c b
0
4
0 11 -1 0
0 12 0 1
0 20 0 1
0 2 2 0
1
end_operator
begin_operator
unstack c d
0
4
0 12 0 1
0 13 -1 0
0 20 0 1
0 2 3 0
1
end_operator
begin_operator
unstack c e
0
4
0 12 0 1
0 14 -1 0
0 20 0 1
0 2 4 0
1
end_operator
begin_operator
unstack c f
0
4
0 12 0 1
0 15 -1 0
0 20 0 1
0 2 5 0
1
end_operator
begin_operator
unstack c g
0
4
0 12 0 1
0 16 -1 0
0 20 0 1
0 2 6 0
1
end_operator
begin_operator
unstack c h
0
4
0 12 0 1
0 17 -1 0
0 20 0 1
0 2 7 0
1
end_operator
begin_operator
unstack c i
0
4
0 12 0 1
0 18 -1 0
0 20 0 1
0 2 8 0
1
end_operator
begin_operator
unstack c j
0
4
0 12 0 1
0 19 -1 0
0 20 0 1
0 2 9 0
1
end_operator
begin_operator
unstack d a
0
4
0 10 -1 0
0 13 0 1
0 20 0 1
0 3 1 0
1
end_operator
begin_operator
unstack d b
0
4
0 11 -1 0
0 13 0 1
0 20 0 1
0 3 2 0
1
end_operator
begin_operator
unstack d c
0
4
0 12 -1 0
0 13 0 1
0 20 0 1
0 3 3 0
1
end_operator
begin_operator
unstack d e
0
4
0 13 0 1
0 14 -1 0
0 20 0 1
0 3 4 0
1
end_operator
begin_operator
unstack d f
0
4
0 13 0 1
0 15 -1 0
0 20 0 1
0 3 5 0
1
end_operator
begin_operator
unstack d g
0
4
0 13 0 1
0 16 -1 0
0 20 0 1
0 3 6 0
1
end_operator
begin_operator
unstack d h
0
4
0 13 0 1
0 17 -1 0
0 20 0 1
0 3 7 0
1
end_operator
begin_operator
unstack d i
0
4
0 13 0 1
0 18 -1 0
0 20 0 1
0 3 8 0
1
end_operator
begin_operator
unstack d j
0
4
0 13 0 1
0 19 -1 0
0 20 0 1
0 3 9 0
1
end_operator
begin_operator
unstack e a
0
4
0 10 -1 0
0 14 0 1
0 20 0 1
0 4 1 0
1
end_operator
begin_operator
unstack e b
0
4
0 11 -1 0
0 14 0 1
0 20 0 1
0 4 2 0
1
end_operator
begin_operator
unstack e c
0
4
0 12 -1 0
0 14 0 1
0 20 0 1
0 4 3 0
1
end_operator
begin_operator
unstack e d
0
4
0 13 -1 0
0 14 0 1
0 20 0 1
0 4 4 0
1
end_operator
begin_operator
unstack e f
0
4
0 14 0 1
0 15 -1 0
0 20 0 1
0 4 5 0
1
end_operator
begin_operator
unstack e g
0
4
0 14 0 1
0 16 -1 0
0 20 0 1
0 4 6 0
1
end_operator
begin_operator
unstack e h
0
4
0 14 0 1
0 17 -1 0
0 20 0 1
0 4 7 0
1
end_operator
begin_operator
unstack e i
0
4
0 14 0 1
0 18 -1 0
0 20 0 1
0 4 8 0
1
end_operator
begin_operator
unstack e j
0
4
0 14 0 1
0 19 -1 0
0 20 0 1
0 4 9 0
1
end_operator
begin_operator
unstack f a
0
4
0 10 -1 0
0 15 0 1
0 20 0 1
0 5 1 0
1
end_operator
begin_operator
unstack f b
0
4
0 11 -1 0
0 15 0 1
0 20 0 1
0 5 2 0
1
end_operator
begin_operator
unstack f c
0
4
0 12 -1 0
0 15 0 1
0 20 0 1
0 5 3 0
1
end_operator
begin_operator
unstack f d
0
4
0 13 -1 0
0 15 0 1
0 20 0 1
0 5 4 0
1
end_operator
begin_operator
unstack f e
0
4
0 14 -1 0
0 15 0 1
0 20 0 1
0 5 5 0
1
end_operator
begin_operator
unstack f g
0
4
0 15 0 1
0 16 -1 0
0 20 0 1
0 5 6 0
1
end_operator
begin_operator
unstack f h
0
4
0 15 0 1
0 17 -1 0
0 20 0 1
0 5 7 0
1
end_operator
begin_operator
unstack f i
0
4
0 15 0 1
0 18 -1 0
0 20 0 1
0 5 8 0
1
end_operator
begin_operator
unstack f j
0
4
0 15 0 1
0 19 -1 0
0 20 0 1
0 5 9 0
1
end_operator
begin_operator
unstack g a
0
4
0 10 -1 0
0 16 0 1
0 20 0 1
0 6 1 0
1
end_operator
begin_operator
unstack g b
0
4
0 11 -1 0
0 16 0 1
0 20 0 1
0 6 2 0
1
end_operator
begin_operator
unstack g c
0
4
0 12 -1 0
0 16 0 1
0 20 0 1
0 6 3 0
1
end_operator
begin_operator
unstack g d
0
4
0 13 -1 0
0 16 0 1
0 20 0 1
0 6 4 0
1
end_operator
begin_operator
unstack g e
0
4
0 14 -1 0
0 16 0 1
0 20 0 1
0 6 5 0
1
end_operator
begin_operator
unstack g f
0
4
0 15 -1 0
0 16 0 1
0 20 0 1
0 6 6 0
1
end_operator
begin_operator
unstack g h
0
4
0 16 0 1
0 17 -1 0
0 20 0 1
0 6 7 0
1
end_operator
begin_operator
unstack g i
0
4
0 16 0 1
0 18 -1 0
0 20 0 1
0 6 8 0
1
end_operator
begin_operator
unstack g j
0
4
0 16 0 1
0 19 -1 0
0 20 0 1
0 6 9 0
1
end_operator
begin_operator
unstack h a
0
4
0 10 -1 0
0 17 0 1
0 20 0 1
0 7 1 0
1
end_operator
begin_operator
unstack h b
0
4
0 11 -1 0
0 17 0 1
0 20 0 1
0 7 2 0
1
end_operator
begin_operator
unstack h c
0
4
0 12 -1 0
0 17 0 1
0 20 0 1
0 7 3 0
1
end_operator
begin_operator
unstack h d
0
4
0 13 -1 0
0 17 0 1
0 20 0 1
0 7 4 0
1
end_operator
begin_operator
unstack h e
0
4
0 14 -1 0
0 17 0 1
0 20 0 1
0 7 5 0
1
end_operator
begin_operator
unstack h f
0
4
0 15 -1 0
0 17 0 1
0 20 0 1
0 7 6 0
1
end_operator
begin_operator
unstack h g
0
4
0 16 -1 0
0 17 0 1
0 20 0 1
0 7 7 0
1
end_operator
begin_operator
unstack h i
0
4
0 17 0 1
0 18 -1 0
0 20 0 1
0 7 8 0
1
end_operator
begin_operator
unstack h j
0
4
0 17 0 1
0 19 -1 0
0 20 0 1
0 7 9 0
1
end_operator
begin_operator
unstack i a
0
4
0 10 -1 0
0 18 0 1
0 20 0 1
0 8 1 0
1
end_operator
begin_operator
unstack i b
0
4
0 11 -1 0
0 18 0 1
0 20 0 1
0 8 2 0
1
end_operator
begin_operator
unstack i c
0
4
0 12 -1 0
0 18 0 1
0 20 0 1
0 8 3 0
1
end_operator
begin_operator
unstack i d
0
4
0 13 -1 0
0 18 0 1
0 20 0 1
0 8 4 0
1
end_operator
begin_operator
unstack i e
0
4
0 14 -1 0
0 18 0 1
0 20 0 1
0 8 5 0
1
end_operator
begin_operator
unstack i f
0
4
0 15 -1 0
0 18 0 1
0 20 0 1
0 8 6 0
1
end_operator
begin_operator
unstack i g
0
4
0 16 -1 0
0 18 0 1
0 20 0 1
0 8 7 0
1
end_operator
begin_operator
unstack i h
0
4
0 17 -1 0
0 18 0 1
0 20 0 1
0 8 8 0
1
end_operator
begin_operator
unstack i j
0
4
0 18 0 1
0 19 -1 0
0 20 0 1
0 8 9 0
1
end_operator
begin_operator
unstack j a
0
4
0 10 -1 0
0 19 0 1
0 20 0 1
0 9 1 0
1
end_operator
begin_operator
unstack j b
0
4
0 11 -1 0
0 19 0 1
0 20 0 1
0 9 2 0
1
end_operator
begin_operator
unstack j c
0
4
0 12 -1 0
0 19 0 1
0 20 0 1
0 9 3 0
1
end_operator
begin_operator
unstack j d
0
4
0 13 -1 0
0 19 0 1
0 20 0 1
0 9 4 0
1
end_operator
begin_operator
unstack j e
0
4
0 14 -1 0
0 19 0 1
0 20 0 1
0 9 5 0
1
end_operator
begin_operator
unstack j f
0
4
0 15 -1 0
0 19 0 1
0 20 0 1
0 9 6 0
1
end_operator
begin_operator
unstack j g
0
4
0 16 -1 0
0 19 0 1
0 20 0 1
0 9 7 0
1
end_operator
begin_operator
unstack j h
0
4
0 17 -1 0
0 19 0 1
0 20 0 1
0 9 8 0
1
end_operator
begin_operator
unstack j i
0
4
0 18 -1 0
0 19 0 1
0 20 0 1
0 9 9 0
1
end_operator
0
