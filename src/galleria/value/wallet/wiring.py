"""What wallet brings to the program."""

from galleria.platform.module import Keyed, Module

MODULE = Module(name="wallet", tables={"wallet.credit": Keyed.MALL})
