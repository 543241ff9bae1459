"""What invoices brings to the program."""

from galleria.platform.module import Keyed, Module

MODULE = Module(name="invoices", tables={"invoices.title": Keyed.MALL, "invoices.invoice": Keyed.MALL})
