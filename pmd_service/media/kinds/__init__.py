"""The kinds of tasks: a module each, with the parameters and the record ``KIND``; :mod:`..registry` finds them.

They are imported by the service: what decodes files is imported by the engine, or inside its ``run``.
"""
