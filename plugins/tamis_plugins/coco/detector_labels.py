"""How public detectors that were trained on COCO number its categories."""

from __future__ import annotations

#: The categories by COCO's ids from 1 on; those without a name were never annotated.
_BY_ID = (
    "person|bicycle|car|motorcycle|airplane|bus|train|truck|boat|traffic light|fire hydrant||stop sign|parking meter|"
    "bench|bird|cat|dog|horse|sheep|cow|elephant|bear|zebra|giraffe||backpack|umbrella|||handbag|tie|suitcase|frisbee|"
    "skis|snowboard|sports ball|kite|baseball bat|baseball glove|skateboard|surfboard|tennis racket|bottle||wine glass|"
    "cup|fork|knife|spoon|bowl|banana|apple|sandwich|orange|broccoli|carrot|hot dog|pizza|donut|cake|chair|couch|"
    "potted plant|bed||dining table|||toilet||tv|laptop|mouse|remote|keyboard|cell phone|microwave|oven|toaster|sink|"
    "refrigerator||book|clock|vase|scissors|teddy bear|hair drier|toothbrush"
).split("|")

#: The names of labels from 0 on, by layout; empty where a label means nothing.
LAYOUTS = {
    "coco80": tuple(name for name in _BY_ID if name),
    "coco91": ("", *_BY_ID),
    "torchvision": ("", *_BY_ID),
}
