from supply.npm import install

install()
