"""Reading where a blog lists its pages: sitemaps (XML and text), sitemap indexes, RSS and Atom.

``reading`` turns bytes into entries and does no I/O, ``site`` fetches documents, ``following`` walks from the address
that the operator named to every page behind it.
"""
