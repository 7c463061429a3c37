"""What each process serves, joined from stores, use cases and endpoints; a module for each process.

`ground` is what all of them stand on. Only processes import this room: it brings the database
driver, the web framework and the facts of the world. `declared` is all that flights can be asked.
"""
