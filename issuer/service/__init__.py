"""What the issuing desk does, above its store and below its routes and pages."""
