"""The front door for devices that publish pictures to an MQTT broker."""
