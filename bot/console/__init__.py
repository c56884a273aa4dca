"""The staff console: what patients wrote, what was understood and decided, and what staff do about it.

`app.create_console` returns it as one web application; `routes.PAGES` lists every page with the role it needs.
"""
