"""What dining brings to the program."""

from galleria.platform.module import Module

MODULE = Module(name="dining")
