"""The explorer: one page on which a U-Net is run in the browser, block by block."""
