"""The Learn page's sections, in the article's order: unrolled, equations, vanishing, surgery."""
