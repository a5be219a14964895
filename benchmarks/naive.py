"""The service that a user would write in ten minutes: FastAPI and ultralytics' `model.predict`.

Run as `python -m benchmarks.naive PORT INPUT_SIZE`. Weights do not change its speed, so it needs
none: the same architecture with random ones.
"""

import sys
from typing import Any

import cv2
import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from ultralytics import YOLO


def naive_app(input_size: int) -> FastAPI:
    """Build the app; posts to /detect answer with the boxes found."""
    app = FastAPI()
    model = YOLO("yolo26n.yaml", verbose=False)
    model.predict(np.zeros((720, 1280, 3), np.uint8), imgsz=input_size, verbose=False)

    @app.post("/detect")
    async def detect(request: Request) -> list[Any]:
        encoded = np.frombuffer(await request.body(), np.uint8)
        image = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
        result = model.predict(image, imgsz=input_size, verbose=False)[0]
        found: list[Any] = result.boxes.data.tolist()
        return found

    return app


if __name__ == "__main__":
    uvicorn.run(naive_app(int(sys.argv[2])), port=int(sys.argv[1]), log_level="warning")
