"""The front door for snapshots of GB/T 28181-2022 (图像抓拍): the server of their UploadURL."""
