"""What a person sees. Shows, and computes nothing: every number comes from core."""
