"""The program put together: builds every object of the window and connects them; the only place that knows them all."""
