"""A package, unlike other test folders: pytest then keeps one running application for all of its modules."""
