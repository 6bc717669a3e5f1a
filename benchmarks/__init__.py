"""Speed and quality beside other systems and human mixes."""

import os

os.environ["MIXWRIGHT_TASTE"] = "off"  # what one user likes must not tell
