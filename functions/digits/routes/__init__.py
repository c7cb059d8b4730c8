"""Routes of the API, one APIRouter per module."""
