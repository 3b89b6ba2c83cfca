"""Rules by which the extractive engine turns an article's own sentences into questions, one module per matter."""
