"""What a hand does on the canvas, one class per gesture; a gesture calls one verb when it ends."""
