"""Routes of the API, one APIRouter a file."""
