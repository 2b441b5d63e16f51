"""How good a result is: PSNR, SSIM, and results side by side."""
