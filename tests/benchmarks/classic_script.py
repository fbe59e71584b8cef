"""The article's training script, as it stands in tutorials: the yardstick of `tests.benchmarks.training`.

    python -m tests.benchmarks.classic_script

Changed only so far that it runs on today's PyTorch (no Variable, .item() for .data[0], no_grad in the test, a device)
and that a benchmark can have its figures. No other line is made faster.
"""

from collections.abc import Iterator

import torch
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from core.digits.data import root_of

batch_size = 100
learning_rate = 1e-3
num_epochs = 5


class Rnn(nn.Module):
    def __init__(self, in_dim, hidden_dim, n_layer, n_class):
        super().__init__()
        self.lstm = nn.LSTM(in_dim, hidden_dim, n_layer, batch_first=True)
        self.classifier = nn.Linear(hidden_dim, n_class)

    def forward(self, x):
        out, _ = self.lstm(x)
        out = out[:, -1, :]
        return self.classifier(out)


def train(seed: int = 0) -> Iterator[tuple[int, float | None]]:
    """Yields (images seen, None) before the first and after each batch, (images seen, accuracy) after each test."""
    torch.manual_seed(seed)
    root = root_of()
    train_dataset = datasets.MNIST(root, train=True, transform=transforms.ToTensor())
    test_dataset = datasets.MNIST(root, train=False, transform=transforms.ToTensor())
    train_loader = DataLoader(train_dataset, batch_size=batch_size, shuffle=True)
    test_loader = DataLoader(test_dataset, batch_size=batch_size, shuffle=False)

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = Rnn(28, 128, 2, 10).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=learning_rate)

    seen = 0
    yield seen, None
    for epoch in range(num_epochs):
        running_loss, running_acc = 0.0, 0.0
        for i, data in enumerate(train_loader, 1):
            img, label = data
            img, label = img.squeeze(1).to(device), label.to(device)
            out = model(img)
            loss = criterion(out, label)
            running_loss += loss.item() * label.size(0)
            _, pred = torch.max(out, 1)
            num_correct = (pred == label).sum()
            running_acc += num_correct.item()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            seen += len(label)
            if i % 300 == 0:
                mean_loss, mean_acc = running_loss / (batch_size * i), running_acc / (batch_size * i)
                print(f"[{epoch + 1}/{num_epochs}] Loss: {mean_loss:.6f}, Acc: {mean_acc:.6f}")
            yield seen, None

        model.eval()
        eval_loss, eval_acc = 0.0, 0.0
        with torch.no_grad():
            for img, label in test_loader:
                img, label = img.squeeze(1).to(device), label.to(device)
                out = model(img)
                loss = criterion(out, label)
                eval_loss += loss.item() * label.size(0)
                _, pred = torch.max(out, 1)
                eval_acc += (pred == label).sum().item()
        model.train()
        print(f"Test Loss: {eval_loss / len(test_dataset):.6f}, Acc: {eval_acc / len(test_dataset):.6f}")
        yield seen, eval_acc / len(test_dataset)


if __name__ == "__main__":
    for _ in train():
        pass
