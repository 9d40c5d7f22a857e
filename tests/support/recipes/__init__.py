"""Publishers that are not ours: the code of docs/recipes.md, run by the clients it is for."""
