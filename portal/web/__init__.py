"""What the entrances share: who may enter, where they are, headers, forms, error pages."""
