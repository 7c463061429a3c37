"""The seat process over HTTP: what can still be sat on (`seat_maps`), of offers and of orders."""
