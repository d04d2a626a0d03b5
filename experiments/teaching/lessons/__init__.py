"""Guided lessons, each a Markdown file in this folder: what they say, who wins their bets, whether they are true.

lesson: reading and checking a file · reveal: bets and numbers in the text · evidence: what a lesson expects against the model
"""

from experiments.teaching.lessons.lesson import (
    FOLDER,
    Expectation,
    Lesson,
    inputs,
    lesson_json,
    listed,
    load_lessons,
)

__all__ = ["FOLDER", "Expectation", "Lesson", "inputs", "lesson_json", "listed", "load_lessons"]
