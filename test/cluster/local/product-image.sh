# The product's image.
