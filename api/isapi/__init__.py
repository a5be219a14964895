"""The front door for cameras and recorders that push alarms over Hikvision's ISAPI (httpHosts)."""
