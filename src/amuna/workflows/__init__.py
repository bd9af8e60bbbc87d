"""The use cases: one public function each, ports as arguments, a frozen report out."""
