"""The pages: the people's conversations, and the phone of one of them."""
