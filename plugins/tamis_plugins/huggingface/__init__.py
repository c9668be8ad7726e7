"""Datasets of Hugging Face: folders of ``save_to_disk``, read without that library, and objects of it in memory."""
