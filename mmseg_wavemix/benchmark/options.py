"""Quantities on the command lines of benchmarks."""

import argparse
import re


def memory_of(text: str) -> int:
    """``16GB`` or ``500MB`` on a command line, in bytes."""
    match = re.fullmatch(r'(\d+(?:\.\d+)?)(MB|GB)', text)
    size = float(match[1]) * {'MB': 2**20, 'GB': 2**30}[match[2]] if match else 0
    if not 0 < size < float('inf'):
        raise argparse.ArgumentTypeError(f'{text}: such as 16GB or 500MB')
    return int(size)
