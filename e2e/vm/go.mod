module atecc/e2e/vm

go 1.26.0
